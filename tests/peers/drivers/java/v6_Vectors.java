import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonPrimitive;
import org.neo4j.driver.Values;
import org.neo4j.driver.types.Vector;

final class Vectors {
    static final boolean KNOWN = true;

    static Object given(JsonArray items) {
        int length = items.size() - 1;
        switch (items.get(0).getAsString()) {
            case "float32": {
                float[] elements = new float[length];
                for (int i = 0; i < length; i++) elements[i] = Float.parseFloat(items.get(i + 1).getAsString());
                return Values.vector(elements);
            }
            case "float64": {
                double[] elements = new double[length];
                for (int i = 0; i < length; i++) elements[i] = Double.parseDouble(items.get(i + 1).getAsString());
                return Values.vector(elements);
            }
            case "int8": {
                byte[] elements = new byte[length];
                for (int i = 0; i < length; i++) elements[i] = Byte.parseByte(items.get(i + 1).getAsString());
                return Values.vector(elements);
            }
            case "int16": {
                short[] elements = new short[length];
                for (int i = 0; i < length; i++) elements[i] = Short.parseShort(items.get(i + 1).getAsString());
                return Values.vector(elements);
            }
            case "int32": {
                int[] elements = new int[length];
                for (int i = 0; i < length; i++) elements[i] = Integer.parseInt(items.get(i + 1).getAsString());
                return Values.vector(elements);
            }
            default: {
                long[] elements = new long[length];
                for (int i = 0; i < length; i++) elements[i] = Long.parseLong(items.get(i + 1).getAsString());
                return Values.vector(elements);
            }
        }
    }

    /** NULL: not a vector. */
    static JsonElement shown(Object value) {
        return value instanceof Vector vector ? new JsonPrimitive(vector.toString()) : null;
    }
}
